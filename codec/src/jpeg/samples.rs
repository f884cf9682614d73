//! Files for tests that [`super::compress`] does not write: other colour spaces, progressive, with restart markers.

use std::mem;

use mozjpeg_sys as c;

use super::error::ErrorManager;

/// A picture of 37x21 pixels, and how it is stored.
pub(super) struct Sample {
    pub pixels: Vec<u8>,
    pub space: c::J_COLOR_SPACE,
    pub stored: c::J_COLOR_SPACE,
    pub is_progressive: bool,
    pub has_adobe_marker: bool,
    pub restart_interval: u32,
}

impl Sample {
    pub const WIDTH: u32 = 37;
    pub const HEIGHT: u32 = 21;

    /// All pixels alike, stored in the space that they are given in.
    pub fn plain(space: c::J_COLOR_SPACE, pixel: &[u8]) -> Self {
        let pixels = pixel.repeat((Self::WIDTH * Self::HEIGHT) as usize);
        let has_adobe_marker = space == c::JCS_CMYK;
        Self { pixels, space, stored: space, is_progressive: false, has_adobe_marker, restart_interval: 0 }
    }

    /// Something to see: a slope with steps.
    pub fn scene() -> Self {
        let pixel = |index: u32| {
            let (x, y) = (index % Self::WIDTH, index / Self::WIDTH);
            [x * 6, y * 11, if (x / 9 + y / 6) % 2 == 0 { 60 } else { 180 }].map(|channel| channel as u8)
        };
        let pixels = (0..Self::WIDTH * Self::HEIGHT).flat_map(pixel).collect();
        Self { pixels, stored: c::JCS_YCbCr, ..Self::plain(c::JCS_RGB, &[]) }
    }

    pub fn encode(&self) -> Vec<u8> {
        let row_bytes = self.pixels.len() / Self::HEIGHT as usize;
        // SAFETY: the object lives on the stack, in place, from its creation to its destruction, and is used in the
        // order that libjpeg.txt prescribes. `output` is malloc'd by libjpeg, copied, and left to the process.
        unsafe {
            let mut errors = ErrorManager::new(u32::MAX);
            let mut info: c::jpeg_compress_struct = mem::zeroed();
            info.common.err = (&raw mut errors).cast();
            c::jpeg_create_compress(&mut info);
            let (mut output, mut length) = (std::ptr::null_mut(), 0);
            c::jpeg_mem_dest(&mut info, &mut output, &mut length);
            (info.image_width, info.image_height) = (Self::WIDTH, Self::HEIGHT);
            info.input_components = row_bytes as i32 / Self::WIDTH as i32;
            info.in_color_space = self.space;
            c::jpeg_c_set_int_param(&mut info, c::JINT_COMPRESS_PROFILE, c::JCP_FASTEST as i32);
            c::jpeg_set_defaults(&mut info);
            c::jpeg_set_colorspace(&mut info, self.stored);
            c::jpeg_set_quality(&mut info, 95, 1);
            info.restart_interval = self.restart_interval;
            if !self.has_adobe_marker && self.space == c::JCS_CMYK {
                info.write_Adobe_marker = 0;
            }
            if self.is_progressive {
                c::jpeg_simple_progression(&mut info);
            }
            c::jpeg_start_compress(&mut info, 1);
            for row in self.pixels.chunks_exact(row_bytes) {
                c::jpeg_write_scanlines(&mut info, &row.as_ptr(), 1);
            }
            c::jpeg_finish_compress(&mut info);
            let bytes = std::slice::from_raw_parts(output, length as usize).to_vec();
            c::jpeg_destroy_compress(&mut info);
            bytes
        }
    }
}
