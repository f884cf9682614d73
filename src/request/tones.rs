//! `Tones`: what becomes of light and colours, pixel for pixel.

use std::fmt::{self, Write as _};

use super::{Background, KeyText};

/// What becomes of light and colours. A field at its default was not asked for. The order of work is that of the fields.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Tones {
    /// Lighter or darker, by a factor.
    pub brightness: Alteration,
    /// More or less colour.
    pub saturation: Alteration,
    /// Other colours.
    pub hue: Hue,
    /// Lighter or darker, black and white as they are.
    pub gamma: Gamma,
    /// Away from the middle gray, or towards it.
    pub contrast: Alteration,
    /// The brown of old photographs, in percent.
    pub sepia_percent: u8,
    /// Shades of one colour in place of all colours.
    pub tint: Option<Background>,
    /// The negative.
    pub is_inverted: bool,
    /// Lighter or darker, by as much everywhere.
    pub lift: Lift,
    /// Nearer to one colour.
    pub wash: Wash,
}

/// The text is in the keys of what is left open. What came after others had keys is in it only where it is asked for.
impl fmt::Debug for Tones {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without `..`: a wish that is not in the text does not compile.
        let Self { brightness, saturation, hue, gamma, contrast, sepia_percent, tint, is_inverted, lift, wash } = self;
        let mut text = formatter.debug_struct("Tones");
        text.field("brightness", brightness).field("saturation", saturation).field("hue", hue).field("gamma", gamma);
        text.field("contrast", contrast).field("sepia_percent", sepia_percent).field("tint", tint);
        text.field("is_inverted", is_inverted);
        if *lift != Lift::default() {
            text.field("lift", lift);
        }
        if *wash != Wash::default() {
            text.field("wash", wash);
        }
        text.finish()
    }
}

/// What is added to red, green and blue: -255 to 255 each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Lift([i16; 3]);

/// How near red, green and blue come to those of a colour: 0 to 100 percent of the way each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Wash {
    percents: [u8; 3],
    colour: [u8; 3],
}

/// More or less of something: -100 to 100 percent, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Alteration(i32);

/// How far colours are turned around the axis of grays: from 0 to less than 360 degrees, in thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Hue(u32);

/// An exponent from 0.1 to 10, in thousandths; above 1 it brightens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gamma(u32);

impl Tones {
    /// Tells whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is left to do where all is gray.
    pub(super) fn of_gray(self) -> Self {
        Self { saturation: Alteration::default(), hue: Hue::default(), ..self }
    }

    /// Tells whether a gray picture takes on colours.
    pub fn gives_colours(&self) -> bool {
        self.sepia_percent > 0 || self.tint.is_some() || !self.lift.is_even() || !self.wash.is_even()
    }

    /// Appends the words and numbers of what is asked to a key.
    pub(super) fn write_to(self, key: &mut KeyText) {
        // Without `..`: a wish that is not in the key does not compile.
        let Self { brightness, saturation, hue, gamma, contrast, sepia_percent, tint, is_inverted, lift, wash } = self;
        let default = Self::default();
        let numbers = [
            ("brightness", brightness.0, default.brightness.0),
            ("saturation", saturation.0, default.saturation.0),
            ("hue", hue.0 as i32, default.hue.0 as i32),
            ("gamma", gamma.0 as i32, default.gamma.0 as i32),
            ("contrast", contrast.0, default.contrast.0),
            ("sepia", sepia_percent.into(), default.sepia_percent.into()),
        ];
        // Writing to a String cannot fail.
        for (word, number, _) in numbers.into_iter().filter(|(_, number, neutral)| number != neutral) {
            let _ = write!(key, " {word} {number}");
        }
        if let Some(colour) = tint {
            let _ = write!(key, " tint {colour}");
        }
        if is_inverted {
            key.push_str(" invert");
        }
        if lift != Lift::default() {
            let Lift([red, green, blue]) = lift;
            let _ = write!(key, " lift {red} {green} {blue}");
        }
        if wash != Wash::default() {
            let Wash { percents: [first, second, third], colour: [red, green, blue] } = wash;
            let _ = write!(key, " wash {first} {second} {third} {red} {green} {blue}");
        }
    }
}

impl Alteration {
    /// Parses a decimal number of percent from -100 to 100.
    pub fn parse(text: &str) -> Option<Self> {
        thousandths(text, -100.0, 100.0).map(Self)
    }

    /// Tells whether all of it is to go.
    pub fn is_all_gone(self) -> bool {
        self.0 == -100_000
    }

    /// From 0 where all is gone, over 1 where nothing changes, to 2.
    pub fn factor(self) -> f64 {
        1.0 + f64::from(self.0) / 100_000.0
    }
}

impl Lift {
    /// So many percent of white, for each channel; what is beyond 100 is all of it. Fractions of a level are cut off.
    pub fn of_percent(percents: [i32; 3]) -> Self {
        Self(percents.map(|percent| (percent.clamp(-100, 100) * 255 / 100) as i16))
    }

    /// In levels.
    pub fn levels(self) -> [f64; 3] {
        self.0.map(f64::from)
    }

    /// Tells whether it is as much for each channel.
    pub fn is_even(self) -> bool {
        let Self([red, green, blue]) = self;
        red == green && green == blue
    }
}

impl Wash {
    /// So many percent of the way to a colour, for each channel; what is beyond 100 is all of it. No way at all asks for nothing.
    pub fn towards([red, green, blue]: [u8; 3], percents: [u32; 3]) -> Self {
        let percents = percents.map(|percent| percent.min(100) as u8);
        if percents == [0; 3] { Self::default() } else { Self { percents, colour: [red, green, blue] } }
    }

    /// What is left of each channel, from 0 to 1, and the levels that come to it.
    pub fn parts(self) -> [(f64, f64); 3] {
        let ([first, second, third], [red, green, blue]) = (self.percents, self.colour);
        [(first, red), (second, green), (third, blue)].map(|(percent, level)| {
            let share = f64::from(percent) / 100.0;
            (1.0 - share, f64::from(level) * share)
        })
    }

    /// Tells whether it makes grays of grays.
    pub fn is_even(self) -> bool {
        let ([first, second, third], [red, green, blue]) = (self.percents, self.colour);
        (first, red) == (second, green) && (second, green) == (third, blue)
    }
}

impl Hue {
    /// What a circle has, in thousandths of a degree.
    const CIRCLE: i32 = 360_000;
    /// The most that is read, in degrees.
    const MAX: f64 = 1_000_000.0;

    /// Parses a decimal number of degrees; whole circles do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let turned = thousandths(text, -Self::MAX, Self::MAX)?.rem_euclid(Self::CIRCLE);
        u32::try_from(turned).ok().map(Self)
    }

    /// In radians.
    pub fn radians(self) -> f64 {
        (f64::from(self.0) / 1000.0).to_radians()
    }
}

impl Gamma {
    /// Parses a decimal number from 0.1 to 10.
    pub fn parse(text: &str) -> Option<Self> {
        u32::try_from(thousandths(text, 0.1, 10.0)?).ok().map(Self)
    }

    /// What values from 0 to 1 are raised to.
    pub fn exponent(self) -> f64 {
        1000.0 / f64::from(self.0)
    }
}

impl Default for Gamma {
    fn default() -> Self {
        Self(1000)
    }
}

/// A decimal number within bounds, which are at most two million.
fn thousandths(text: &str, least: f64, most: f64) -> Option<i32> {
    let number = text.trim().parse::<f64>().ok().filter(|number| (least..=most).contains(number))?;
    Some((number * 1000.0).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alteration_is_a_percentage_to_both_sides() {
        let factor = |text| Alteration::parse(text).map(Alteration::factor);
        assert_eq!(["-100", "0", "-0", "50", " 100"].map(factor), [0.0, 1.0, 1.0, 1.5, 2.0].map(Some));
        assert_eq!(Alteration::parse("-100").map(Alteration::is_all_gone), Some(true));
        for text in ["", "101", "-100.1", "NaN", "inf", "ten", "10p"] {
            assert_eq!(Alteration::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_in_the_text_of_what_is_left_open() {
        assert!(["lift", "wash"].iter().all(|word| !format!("{:?}", Tones::default()).contains(word)));
        let lifted = Tones { lift: Lift::of_percent([1, 2, 3]), ..Tones::default() };
        assert!(format!("{lifted:?}").contains("Lift([2, 5, 7])"));
    }

    #[test]
    fn a_lift_is_percent_of_white() {
        assert_eq!(Lift::of_percent([40, -40, 200]), Lift([102, -102, 255]));
        assert_eq!(Lift::of_percent([1, -1, 0]).levels(), [2.0, -2.0, 0.0]);
        assert!(Lift::of_percent([5, 5, 5]).is_even() && !Lift::of_percent([5, 5, 4]).is_even());
    }

    #[test]
    fn a_wash_is_a_part_of_the_way_to_a_colour() {
        let white = [255; 3];
        assert_eq!(Wash::towards(white, [0; 3]), Wash::default());
        assert_eq!(Wash::towards(white, [400, 0, 0]), Wash::towards(white, [100, 0, 0]));
        let [red, green, blue] = Wash::towards([200, 0, 100], [50, 100, 0]).parts();
        assert_eq!((red, green, blue), ((0.5, 100.0), (0.0, 0.0), (1.0, 0.0)));
        assert!(Wash::towards(white, [20; 3]).is_even() && Wash::default().is_even());
        assert!(!Wash::towards(white, [20, 20, 21]).is_even() && !Wash::towards([1, 1, 2], [20; 3]).is_even());
        let washed = Tones { wash: Wash::towards(white, [1, 2, 3]), ..Tones::default() };
        assert!(format!("{washed:?}").contains("percents: [1, 2, 3]"));
    }

    #[test]
    fn whole_circles_turn_no_hue() {
        for text in ["0", "360", "-360", "720"] {
            assert_eq!(Hue::parse(text), Some(Hue::default()), "{text}");
        }
        assert_eq!(Hue::parse("-90"), Hue::parse("270"));
        assert_eq!(Hue::parse("NaN"), None);
    }

    #[test]
    fn a_gamma_is_bounded_and_neutral_at_one() {
        assert_eq!(Gamma::parse("1"), Some(Gamma::default()));
        assert_eq!(Gamma::parse("2").map(Gamma::exponent), Some(0.5));
        for text in ["0", "0.09", "10.1", "-1", ""] {
            assert_eq!(Gamma::parse(text), None, "{text}");
        }
    }
}
