//! The `meta` box (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12): which items a file holds, where their bytes
//! are, what is said about them, and how they refer to each other. What the items mean is for `image.rs` to say.

use std::borrow::Cow;

use super::boxes::{Bytes, FourCc};
use super::property::Property;
use super::{Fault, malformed, unsupported};

/// More items, properties or references than any real file has, grids included.
const MAX_ENTRIES: usize = 4096;
/// More pieces than any real writer cuts one item into.
const MAX_EXTENTS: usize = 64;

/// A parsed `meta` box.
#[derive(Debug, Default)]
pub struct Meta<'a> {
    /// The id of the item to show.
    pub primary: Option<u32>,
    items: Vec<Item>,
    properties: Vec<Property>,
    references: Vec<Reference>,
    /// Bytes of items that lie in the `meta` box itself.
    inline: &'a [u8],
}

/// One coded picture, grid or block of metadata.
#[derive(Debug, Default)]
struct Item {
    id: u32,
    kind: FourCc,
    is_protected: bool,
    location: Location,
    associations: Vec<Association>,
}

/// Where the bytes of an item are.
#[derive(Debug, Default)]
struct Location {
    is_inline: bool,
    is_elsewhere: bool,
    extents: Vec<Extent>,
}

/// A piece of an item, in bytes; a length of zero means up to the end.
#[derive(Debug, Clone, Copy)]
struct Extent {
    offset: u64,
    length: u64,
}

/// A property of an item by its number, which starts at 1.
#[derive(Debug, Clone, Copy)]
struct Association {
    property: usize,
    is_essential: bool,
}

#[derive(Debug)]
struct Reference {
    kind: FourCc,
    from: u32,
    to: Vec<u32>,
}

impl<'a> Meta<'a> {
    /// Parses the payload of a `meta` box.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where a box within is broken.
    pub fn parse(payload: &'a [u8]) -> Result<Self, Fault> {
        let mut meta = Self::default();
        let mut boxes = Bytes::new(payload);
        boxes.version_and_flags()?;
        while let Some((kind, mut payload)) = boxes.next_box()? {
            match &kind {
                b"pitm" => {
                    let (version, _) = payload.version_and_flags()?;
                    meta.primary = Some(payload.item_id(version > 0)?);
                }
                b"iinf" => meta.read_items(payload)?,
                b"iloc" => meta.read_locations(payload)?,
                b"iprp" => meta.read_properties(payload)?,
                b"iref" => meta.read_references(payload)?,
                b"idat" => meta.inline = payload.rest(),
                _ => {}
            }
        }
        Ok(meta)
    }

    /// The kind of an item: `av01`, `grid`, ...
    pub fn kind(&self, id: u32) -> Result<FourCc, Fault> {
        let item = self.item(id)?;
        if item.is_protected { Err(unsupported("an encrypted item")) } else { Ok(item.kind) }
    }

    /// The items of a kind, by rising ids.
    pub fn items_of(&self, kind: FourCc) -> impl Iterator<Item = u32> {
        self.items.iter().filter(move |item| item.kind == kind).map(|item| item.id)
    }

    /// The pieces of an item, first byte and length, and whether they lie in the box itself (`idat`) and not somewhere in
    /// the file. `None` where one does not tell its length.
    pub fn places(&self, id: u32) -> Option<(bool, Vec<(u64, u64)>)> {
        let Location { is_inline, is_elsewhere, extents } = &self.item(id).ok()?.location;
        let is_told = !is_elsewhere && extents.iter().all(|extent| extent.length > 0);
        is_told.then(|| (*is_inline, extents.iter().map(|extent| (extent.offset, extent.length)).collect()))
    }

    /// How long an item is, in bytes, in a file of this length; at most as long as the file.
    #[cfg(feature = "heic")]
    pub fn length(&self, id: u32, file_length: u64) -> u64 {
        let lengths = self.places(id).map(|(_, places)| places.into_iter().map(|(_, length)| length));
        lengths.map_or(file_length, |lengths| lengths.fold(0, u64::saturating_add).min(file_length))
    }

    /// Tells whether an item lies in several pieces, so that its bytes are copied.
    #[cfg(feature = "heic")]
    pub fn is_in_pieces(&self, id: u32) -> bool {
        self.item(id).is_ok_and(|item| item.location.extents.len() > 1)
    }

    /// The properties of an item in the order given.
    ///
    /// # Errors
    /// [`Fault::Unsupported`] where the file says that nobody can show the item who does not understand a
    /// property that we do not understand.
    pub fn properties(&self, id: u32) -> Result<Vec<&Property>, Fault> {
        let associations = self.item(id)?.associations.iter().filter(|association| association.property > 0);
        associations
            .map(|association| match self.properties.get(association.property.wrapping_sub(1)) {
                Some(Property::Other(kind)) if association.is_essential => {
                    Err(unsupported(format_args!("the item property {}", kind.escape_ascii())))
                }
                Some(property) => Ok(property),
                None => Err(malformed("an item has a property that is not there")),
            })
            .collect()
    }

    /// The items that `from` refers to.
    pub fn references_from(&self, kind: FourCc, from: u32) -> impl Iterator<Item = u32> {
        let matching = self.references.iter().filter(move |reference| reference.kind == kind && reference.from == from);
        matching.flat_map(|reference| reference.to.iter().copied())
    }

    /// All references of a kind: from which item, to which.
    pub fn references(&self, kind: FourCc) -> impl Iterator<Item = (u32, &[u32])> {
        let matching = self.references.iter().filter(move |reference| reference.kind == kind);
        matching.map(|reference| (reference.from, reference.to.as_slice()))
    }

    /// The items that refer to `to`.
    pub fn references_to(&self, kind: FourCc, to: u32) -> impl Iterator<Item = u32> {
        let matching = self.references.iter().filter(move |reference| reference.kind == kind);
        matching.filter(move |reference| reference.to.contains(&to)).map(|reference| reference.from)
    }

    /// The bytes of an item; copied only where it lies in several pieces.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where they are outside `file`, or add up to more than the file holds.
    pub fn bytes<'b>(&self, id: u32, file: &'b [u8]) -> Result<Cow<'b, [u8]>, Fault>
    where
        'a: 'b,
    {
        let location = &self.item(id)?.location;
        if location.is_elsewhere {
            return Err(unsupported("an item in another file"));
        }
        let source: &'b [u8] = if location.is_inline { self.inline } else { file };
        match location.extents.as_slice() {
            [] => Err(malformed("an item without bytes")),
            [extent] => extent.of(source).map(Cow::Borrowed),
            extents => {
                let mut bytes = Vec::new();
                for extent in extents {
                    let piece = extent.of(source)?;
                    if bytes.len() + piece.len() > source.len() {
                        return Err(malformed("an item is longer than the file"));
                    }
                    bytes.extend_from_slice(piece);
                }
                Ok(Cow::Owned(bytes))
            }
        }
    }

    fn item(&self, id: u32) -> Result<&Item, Fault> {
        let found = self.items.binary_search_by_key(&id, |item| item.id);
        let item = found.ok().and_then(|index| self.items.get(index));
        item.ok_or_else(|| malformed(format_args!("there is no item {id}")))
    }

    /// The item of an id, made where it is new. Items are sorted by their ids, so that many cost little.
    fn item_mut(&mut self, id: u32) -> Result<&mut Item, Fault> {
        let index = match self.items.binary_search_by_key(&id, |item| item.id) {
            Ok(index) => index,
            Err(_) if self.items.len() >= MAX_ENTRIES => return Err(unsupported("so many items")),
            Err(index) => {
                self.items.insert(index, Item { id, ..Item::default() });
                index
            }
        };
        self.items.get_mut(index).ok_or_else(|| malformed(format_args!("there is no item {id}")))
    }

    /// `iinf`: the kinds of the items.
    fn read_items(&mut self, mut payload: Bytes<'_>) -> Result<(), Fault> {
        let (version, _) = payload.version_and_flags()?;
        payload.item_id(version > 0)?;
        while let Some((kind, mut entry)) = payload.next_box()? {
            let (version, _) = entry.version_and_flags()?;
            // Older versions name a media type instead of a kind, and no picture has one.
            if &kind != b"infe" || version < 2 {
                continue;
            }
            let item = self.item_mut(entry.item_id(version > 2)?)?;
            item.is_protected = entry.u16()? != 0;
            item.kind = entry.four_cc()?;
        }
        Ok(())
    }

    /// `iloc`: where the bytes of the items are.
    fn read_locations(&mut self, mut payload: Bytes<'_>) -> Result<(), Fault> {
        let (version, _) = payload.version_and_flags()?;
        if version > 2 {
            return Err(unsupported(format_args!("an iloc box of version {version}")));
        }
        let widths = payload.u16()?;
        let [offset_width, length_width, base_width, index_width] =
            [12, 8, 4, 0].map(|shift| usize::from(widths >> shift & 15));
        if [offset_width, length_width, base_width, index_width].iter().any(|width| ![0, 4, 8].contains(width)) {
            return Err(malformed("an iloc box with numbers of an unknown width"));
        }
        for _ in 0..payload.item_id(version > 1)? {
            let id = payload.item_id(version > 1)?;
            let construction = if version > 0 { payload.u16()? & 15 } else { 0 };
            let data_reference = payload.u16()?;
            let base = payload.number(base_width)?;
            let count = usize::from(payload.u16()?);
            if construction > 1 {
                return Err(unsupported("an item made of other items"));
            }
            if count > MAX_EXTENTS {
                return Err(unsupported("an item in so many pieces"));
            }
            let mut extents = Vec::new();
            for _ in 0..count {
                payload.number(if version > 0 { index_width } else { 0 })?;
                let offset = payload.number(offset_width)?.checked_add(base);
                let offset = offset.ok_or_else(|| malformed("an item lies outside the file"))?;
                extents.push(Extent { offset, length: payload.number(length_width)? });
            }
            self.item_mut(id)?.location =
                Location { is_inline: construction == 1, is_elsewhere: data_reference != 0, extents };
        }
        Ok(())
    }

    /// `iprp`: the properties, and which item has which.
    fn read_properties(&mut self, mut payload: Bytes<'_>) -> Result<(), Fault> {
        while let Some((kind, mut payload)) = payload.next_box()? {
            match &kind {
                b"ipco" => {
                    while let Some((kind, payload)) = payload.next_box()? {
                        if self.properties.len() >= MAX_ENTRIES {
                            return Err(unsupported("so many item properties"));
                        }
                        self.properties.push(Property::parse(kind, payload)?);
                    }
                }
                b"ipma" => self.read_associations(payload)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_associations(&mut self, mut payload: Bytes<'_>) -> Result<(), Fault> {
        let (version, flags) = payload.version_and_flags()?;
        let is_wide = flags & 1 != 0;
        for _ in 0..payload.u32()? {
            let item = self.item_mut(payload.item_id(version > 0)?)?;
            for _ in 0..payload.u8()? {
                let word = if is_wide { payload.u16()? } else { u16::from(payload.u8()?) };
                let essential_bit = if is_wide { 0x8000 } else { 0x80 };
                let property = usize::from(word & (essential_bit - 1));
                if item.associations.len() >= usize::from(u8::MAX) {
                    return Err(unsupported("an item with so many properties"));
                }
                item.associations.push(Association { property, is_essential: word & essential_bit != 0 });
            }
        }
        Ok(())
    }

    /// `iref`: which item refers to which.
    fn read_references(&mut self, mut payload: Bytes<'_>) -> Result<(), Fault> {
        let (version, _) = payload.version_and_flags()?;
        while let Some((kind, mut entry)) = payload.next_box()? {
            let from = entry.item_id(version > 0)?;
            let count = entry.u16()?;
            let to: Result<Vec<u32>, Fault> = (0..count).map(|_| entry.item_id(version > 0)).collect();
            if self.references.len() >= MAX_ENTRIES {
                return Err(unsupported("so many references between items"));
            }
            self.references.push(Reference { kind, from, to: to? });
        }
        Ok(())
    }
}

impl Extent {
    fn of(self, source: &[u8]) -> Result<&[u8], Fault> {
        let outside = || malformed("an item lies outside the file");
        let offset = usize::try_from(self.offset).map_err(|_| outside())?;
        let length = usize::try_from(self.length).map_err(|_| outside())?;
        let rest = source.get(offset..).ok_or_else(outside)?;
        if length == 0 { Ok(rest) } else { rest.get(..length).ok_or_else(outside) }
    }
}
