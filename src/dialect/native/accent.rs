//! `Accent`: the words of the native vocabulary that mean something else at a vendor, for sites that leave it.

use super::meanings::{ColourDigits, FitWord, FourNumbers, Meanings};
use crate::request::{Fit, Paint};

/// A vendor whose meaning of words counts where the field disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accent {
    /// imgix, and those that took over its words.
    Imgix,
    /// Contentful.
    Contentful,
    /// Shopify and Supabase.
    Shopify,
    /// KeyCDN, Directus and Builder.io, whose words are those of sharp.
    Sharp,
    /// Fastly.
    Fastly,
    /// Photon, the image service of WordPress.
    Photon,
    /// Bunny.
    Bunny,
}

/// A row for each: its names, the usual one first, and what changes.
static ACCENTS: [(&[&str], Accent, Meanings); 7] = [
    (
        &["imgix"],
        Accent::Imgix,
        Meanings {
            names: &[("f", "fit")],
            fits: &[
                ("fill", FitWord::Canvas(Paint([u8::MAX; 4]))),
                ("clip", FitWord::Enlarged(Fit::Contain)),
                ("crop", FitWord::Enlarged(Fit::Cover)),
            ],
            // What is not said is `clip` there.
            unsaid: FitWord::Enlarged(Fit::Contain),
            digits: ColourDigits::AlphaFirst,
            ..Meanings::NATIVE
        },
    ),
    (
        &["contentful"],
        Accent::Contentful,
        Meanings {
            names: &[("f", "gravity")],
            fits: &[("fill", FitWord::Fit(Fit::Cover)), ("crop", FitWord::Part)],
            ..Meanings::NATIVE
        },
    ),
    (&["shopify", "supabase"], Accent::Shopify, Meanings { unsaid: FitWord::Fit(Fit::Cover), ..Meanings::NATIVE }),
    (
        &["sharp"],
        Accent::Sharp,
        Meanings { fits: &[("contain", FitWord::Fit(Fit::Pad))], unsaid: FitWord::Fit(Fit::Cover), ..Meanings::NATIVE },
    ),
    (
        &["fastly"],
        Accent::Fastly,
        Meanings { names: &[("precrop", "crop")], fits: &[("cover", FitWord::Fit(Fit::Outside))], ..Meanings::NATIVE },
    ),
    (
        &["photon"],
        Accent::Photon,
        Meanings {
            four_numbers: FourNumbers::Percent,
            letterbox: FitWord::Canvas(Paint::BLACK),
            is_in_order: true,
            ..Meanings::NATIVE
        },
    ),
    (&["bunny"], Accent::Bunny, Meanings { four_numbers: FourNumbers::SizeFirst, ..Meanings::NATIVE }),
];

impl Accent {
    /// Parses a name.
    pub fn named(name: &str) -> Option<Self> {
        ACCENTS.iter().find(|(names, ..)| names.contains(&name)).map(|(_, accent, _)| *accent)
    }

    /// The usual name of each.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ACCENTS.iter().filter_map(|(names, ..)| names.first().copied())
    }

    /// What its words mean.
    pub(super) fn meanings(self) -> &'static Meanings {
        let row = ACCENTS.iter().find(|(_, accent, _)| *accent == self);
        row.map_or(&Meanings::NATIVE, |(.., meanings)| meanings)
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::dialect::native::Native;
    use crate::dialect::{Asked, Dialect, Wording};
    use crate::request::ImageRequest;

    fn request(native: &Native, query: &str) -> Result<ImageRequest, String> {
        let headers = HeaderMap::new();
        let wording = Wording { method: &Method::GET, path: "/a.jpg", query: Some(query), headers: &headers };
        match native.read(wording).asked.map_err(|error| error.to_string())? {
            Asked::Image(request) => Ok(request),
            asked => Err(format!("{asked:?}")),
        }
    }

    #[test]
    fn words_mean_what_they_mean_at_a_vendor() {
        for (accent, query, same) in [
            (Accent::Imgix, "w=20&h=10&f=max", "w=20&h=10&fit=max"),
            (Accent::Imgix, "w=20&h=10&fit=max", "w=20&h=10"),
            (Accent::Imgix, "w=20&h=10&fit=crop", "w=20&h=10&fit=cover&enlarge=1"),
            (Accent::Imgix, "w=20&h=10&fit=min", "w=20&h=10&fit=cover"),
            (Accent::Imgix, "w=20", "w=20&enlarge=1"),
            (Accent::Imgix, "w=20&h=10&fit=fill&bg=8f00", "w=20&h=10&fit=pad&bg=255,0,0,0.5333"),
            (Accent::Contentful, "w=20&h=10&fit=fill&f=top_left", "w=20&h=10&fit=cover&gravity=top left"),
            (Accent::Contentful, "w=20&h=10&fit=crop&f=top", "crop=20,10&gravity=top"),
            (Accent::Contentful, "w=20&fit=crop", "w=20"),
            (Accent::Shopify, "width=20&height=10", "w=20&h=10&fit=cover"),
            (Accent::Shopify, "width=20&height=10&fit=contain", "w=20&h=10"),
            (Accent::Sharp, "width=20&height=10&fit=contain", "w=20&h=10&fit=pad"),
            (Accent::Sharp, "width=20&height=10", "w=20&h=10&fit=cover"),
            (Accent::Sharp, "width=20&height=10&fit=inside", "w=20&h=10"),
            (Accent::Fastly, "width=20&height=10&fit=cover", "w=20&h=10&fit=outside"),
            (Accent::Fastly, "width=20&height=10&fit=crop", "w=20&h=10&fit=cover"),
            (Accent::Fastly, "precrop=30,40", "crop=30,40"),
            (Accent::Photon, "lb=20,10,0099cc", "lb=20,10,09c"),
            (Accent::Photon, "lb=20,10", "lb=20,10,000"),
            (Accent::Bunny, "crop=30,40,5,6", "rect=5,6,30,40"),
            (Accent::Photon, "crop=160px,0px,788px,78px", "rect=160,0,788,78"),
            (Accent::Photon, "w=20&bw=1", "w=20&bw=1"),
            (Accent::Photon, "w=20&h=20&crop=1", "w=20&h=20&fit=cover"),
            (Accent::Photon, "w=20&h=20&crop=0", "w=20&h=20"),
            (Accent::Bunny, "width=20&height=10&aspect_ratio=200:100", "w=20&h=10&fit=cover"),
        ] {
            let [request, same] = [(Native::default().speaking(accent), query), (Native::default(), same)]
                .map(|(native, query)| request(&native, query));
            assert_eq!(request, same, "{accent:?} {query}");
        }
    }

    #[test]
    fn a_canvas_of_imgix_is_white_and_shows_through_no_picture() {
        let request = request(&Native::default().speaking(Accent::Imgix), "w=20&h=10&fit=fill").unwrap();
        let [edit] = request.wish.edits() else { panic!("one round") };
        assert_eq!(edit.bounds.surround, Some(crate::request::Surround::Paint(Paint([255; 4]))));
        assert_eq!((edit.bounds.fit, edit.background), (Fit::Pad, None));
    }

    #[test]
    fn photon_does_what_it_is_asked_in_the_order_of_the_query() {
        let photon = Native::default().speaking(Accent::Photon);
        let rounds = |query| request(&photon, query).unwrap().wish.edits().len();
        assert_eq!((rounds("crop=0,0,50,50&w=20"), rounds("w=20&crop=0,0,50,50"), rounds("w=20&h=30")), (1, 2, 1));
        let portion = request(&photon, "crop=25,0,50,160px").unwrap().wish.edits()[0].portion.unwrap();
        let share = |percent: &str| crate::request::Length::parse(percent).unwrap();
        assert_eq!((portion.left, portion.top), (Some(share("25p")), None));
        assert_eq!((portion.width, portion.height), (share("50p"), share("160")));
        assert!(request(&photon, "crop=0,0,0,50").is_err() && request(&Native::default(), "crop=0,0,50,50").is_err());
    }

    #[test]
    fn each_has_names_of_its_own() {
        for (names, accent, _) in &ACCENTS {
            assert!(names.iter().all(|name| Accent::named(name) == Some(*accent)));
        }
        assert_eq!(Accent::names().count(), ACCENTS.len());
    }
}
