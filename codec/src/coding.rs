//! `Coding`: how one rendition is written, as far as that can be wished; and what of it an output leaves to choose.

use crate::{OutputFormat, Quality};

/// What decides how finely, and with how much work, a picture is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Coding {
    /// How fine lossy pixels are; `None` where none are lost.
    pub quality: Option<Quality>,
    /// How much work goes into few bytes, in the format's own number: the speed of AVIF (10 is the fastest), the effort of
    /// WebP (6 is the smallest), the level of PNG (9 is the smallest), 1 for JPEG where coefficients are searched; 0 where
    /// the format has no choice.
    pub effort: u8,
    /// The whole picture comes first, coarsely, and gets finer, where the format can.
    pub is_progressive: bool,
    /// How much of the colours is kept, where the format can choose; `None` leaves it to the encoder.
    pub chroma: Option<ChromaSampling>,
    /// The picture is written in few colours, where the format can choose; `None` keeps all of them.
    pub palette: Option<PaletteSize>,
}

/// How many colours a picture may have that is written in few: from 2 to 256, transparent ones among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaletteSize(u16);

/// How many samples of colour there are for the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChromaSampling {
    /// 4:2:0: one for two by two pixels.
    Quarter,
    /// 4:4:4: one for each.
    Whole,
}

/// What of an output's coding can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choices {
    /// Pixels can be lost for fewer bytes.
    pub can_lose: bool,
    /// Every pixel can be kept.
    pub can_keep_all: bool,
    /// The whole picture can come first, coarsely.
    pub can_be_progressive: bool,
    /// There can be as many samples of colour as pixels, and fewer; below this quality there are fewer where nobody asks.
    pub quarters_chroma_below: Option<u8>,
    /// A picture can be written in few colours.
    pub can_have_palette: bool,
    /// The format's own number for each effort from 0, the fastest, to [`Choices::MAX_EFFORT`], the smallest.
    pub efforts: [u8; Self::MAX_EFFORT as usize + 1],
}

/// How each output is written where nothing else is asked for, and what can be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codings(pub(crate) Vec<(OutputFormat, Coding, Choices)>);

impl Coding {
    /// A quality, where pixels are lost, and an effort in the format's own number.
    pub const fn new(quality: Option<Quality>, effort: u8) -> Self {
        Self { quality, effort, is_progressive: false, chroma: None, palette: None }
    }

    /// Every pixel is kept.
    pub fn is_lossless(self) -> bool {
        self.quality.is_none()
    }

    /// The same, no finer than `most` where it is lossy.
    pub fn capped(self, most: Option<Quality>) -> Self {
        let finest = |quality: Quality| most.map_or(quality, |most| quality.min(most));
        Self { quality: self.quality.map(finest), ..self }
    }

    /// The number of the quality; 100 where no pixel is lost.
    pub fn quality_number(self) -> u8 {
        self.quality.map_or(100, Quality::number)
    }
}

impl PaletteSize {
    /// As many as an index of 8 bits tells apart.
    pub const MOST: Self = Self(256);

    /// So many colours; `None` for fewer than 2 or more than 256.
    pub fn new(colours: u16) -> Option<Self> {
        (2..=Self::MOST.0).contains(&colours).then_some(Self(colours))
    }

    /// How many colours at most.
    pub fn colours(self) -> u16 {
        self.0
    }
}

impl ChromaSampling {
    /// The customary name, without colons.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quarter => "420",
            Self::Whole => "444",
        }
    }

    /// Parses the customary name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Quarter, Self::Whole].into_iter().find(|known| known.name() == name)
    }
}

impl Choices {
    /// The effort that gives the fewest bytes.
    pub const MAX_EFFORT: u8 = 10;
    /// Up to here, an effort takes about the usual time or less.
    const USUAL_EFFORT: usize = 6;

    /// Nothing can be chosen, and no pixel is lost.
    pub const NONE: Self = Self {
        can_lose: false,
        can_keep_all: false,
        can_be_progressive: false,
        quarters_chroma_below: None,
        can_have_palette: false,
        efforts: [0; Self::MAX_EFFORT as usize + 1],
    };

    /// The format's own number for an effort; a greater one counts as the greatest.
    pub fn own_effort(&self, effort: u8) -> u8 {
        self.efforts.get(usize::from(effort)).or(self.efforts.last()).copied().unwrap_or_default()
    }

    /// Tells whether an effort, in the format's own number, takes several times what is usual.
    pub fn is_dear(&self, own_effort: u8) -> bool {
        let quick = self.efforts.iter().take(Self::USUAL_EFFORT + 1);
        !quick.into_iter().any(|quick| *quick == own_effort)
    }
}

impl Codings {
    /// The coding of an output. Every output has one, which is tested; without, nothing is lost.
    pub fn of(&self, output: OutputFormat) -> Coding {
        self.known(output).map_or(Coding::default(), |(_, coding, _)| *coding)
    }

    /// What of the coding of an output can be chosen.
    pub fn choices(&self, output: OutputFormat) -> Choices {
        self.known(output).map_or(Choices::NONE, |(.., choices)| *choices)
    }

    fn known(&self, output: OutputFormat) -> Option<&(OutputFormat, Coding, Choices)> {
        self.0.iter().find(|(known, ..)| *known == output)
    }
}
