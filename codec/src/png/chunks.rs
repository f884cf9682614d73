//! The chunks that a PNG consists of: read from a file, and put behind one.

/// The chunk at a place that is moved behind it; `None` where there is none that is whole.
pub(super) fn chunk<'a>(file: &'a [u8], at: &mut usize) -> Option<(&'a [u8; 4], &'a [u8])> {
    let rest = file.get(*at..)?;
    let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
    let kind = rest.get(4..)?.first_chunk()?;
    let payload = rest.get(8..)?.get(..length)?;
    // What ends before its checksum is the last.
    *at = at.checked_add(12)?.checked_add(length)?;
    Some((kind, payload))
}

/// Adds a chunk, with its length and its checksum (PNG, third edition, section 5.3).
pub(super) fn put_chunk(file: &mut Vec<u8>, kind: &[u8; 4], payload: &[&[u8]]) {
    let length: usize = payload.iter().map(|piece| piece.len()).sum();
    // Payloads come out of chunks, whose own lengths are 32 bits, or are metadata of some ten thousand bytes.
    file.extend((length as u32).to_be_bytes());
    let start = file.len();
    file.extend(kind);
    payload.iter().for_each(|piece| file.extend_from_slice(piece));
    let checksum = crc32fast::hash(file.get(start..).unwrap_or_default());
    file.extend(checksum.to_be_bytes());
}
