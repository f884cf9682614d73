//! libjpeg by FFI: the reference, and the maker of test files.

#![expect(
    clippy::too_many_lines,
    clippy::undocumented_unsafe_blocks,
    reason = "the calls of libjpeg in the order of its manual, to make and check test files alone"
)]
use mozjpeg_sys as c;
use std::{mem, panic, ptr, slice};

pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub channels: usize,
    pub pixels: Vec<u8>,
}

unsafe extern "C-unwind" fn give_up(_: &mut c::jpeg_common_struct) {
    panic::resume_unwind(Box::new("libjpeg"))
}
unsafe extern "C-unwind" fn weigh(info: &mut c::jpeg_common_struct, level: i32) {
    // What follows the data harms nobody.
    if level < 0 && unsafe { (*info.err).msg_code } != c::JWRN_EXTRANEOUS_DATA {
        unsafe { (*info.err).num_warnings += 1 }
    }
}

/// `None` on errors; also whether there were warnings.
pub fn libjpeg(bytes: &[u8], divisor: u32) -> Option<(Pixels, bool)> {
    panic::catch_unwind(|| unsafe {
        let mut errors: c::jpeg_error_mgr = mem::zeroed();
        c::jpeg_std_error(&mut errors);
        errors.error_exit = Some(give_up);
        errors.emit_message = Some(weigh);
        let mut info: c::jpeg_decompress_struct = mem::zeroed();
        info.common.err = &mut errors;
        struct Guard(*mut c::jpeg_decompress_struct);
        impl Drop for Guard {
            fn drop(&mut self) {
                unsafe { c::jpeg_destroy_decompress(&mut *self.0) }
            }
        }
        c::jpeg_create_decompress(&mut info);
        let guard = Guard(&mut info);
        let info = &mut *guard.0;
        c::jpeg_mem_src(info, bytes.as_ptr(), bytes.len() as _);
        c::jpeg_read_header(info, 1);
        info.scale_num = 1;
        info.scale_denom = divisor;
        info.out_color_space = if info.num_components == 1 { c::JCS_GRAYSCALE } else { c::JCS_RGB };
        c::jpeg_start_decompress(info);
        let (width, height, channels) = (info.output_width, info.output_height, info.output_components as usize);
        let row = width as usize * channels;
        let mut pixels = vec![0u8; row * height as usize];
        while info.output_scanline < info.output_height {
            let mut at = pixels.as_mut_ptr().add(info.output_scanline as usize * row);
            c::jpeg_read_scanlines(info, &mut at, 1);
        }
        let warned = (*info.common.err).num_warnings > 0;
        drop(guard);
        (Pixels { width, height, channels, pixels }, warned)
    })
    .ok()
}

/// Coefficients by component in natural order as libjpeg reads them: (blocks wide, blocks high, blocks).
pub type Blocks = (u32, u32, Vec<[i16; 64]>, [u16; 64]);
pub fn coefficients(bytes: &[u8]) -> Vec<Blocks> {
    unsafe {
        let mut errors: c::jpeg_error_mgr = mem::zeroed();
        c::jpeg_std_error(&mut errors);
        let mut info: c::jpeg_decompress_struct = mem::zeroed();
        info.common.err = &mut errors;
        c::jpeg_create_decompress(&mut info);
        c::jpeg_mem_src(&mut info, bytes.as_ptr(), bytes.len() as _);
        c::jpeg_read_header(&mut info, 1);
        let arrays = c::jpeg_read_coefficients(&mut info);
        let mut all = vec![];
        for index in 0..info.num_components as usize {
            let component = &*info.comp_info.add(index);
            let (wide, high) = (component.width_in_blocks, component.height_in_blocks);
            let mut blocks = vec![];
            for row in 0..high {
                let access = (*info.common.mem).access_virt_barray.unwrap();
                let rows = access(&mut info.common, *arrays.add(index), row, 1, 0);
                for block in slice::from_raw_parts(*rows as *const [i16; 64], wide as usize) {
                    blocks.push(*block);
                }
            }
            all.push((wide, high, blocks, (*component.quant_table).quantval));
        }
        c::jpeg_destroy_decompress(&mut info);
        all
    }
}

#[derive(Clone, Debug)]
pub struct Recipe {
    pub width: u32,
    pub height: u32,
    /// gray 1, rgb 3
    pub channels: usize,
    pub factors: [(u8, u8); 3],
    pub quality: i32,
    pub progressive: bool,
    pub optimise: bool,
    pub restart: u32,
    /// stored RGB rather than YCbCr
    pub stored_rgb: bool,
    /// one scan a component
    pub separate: bool,
    pub jcp_max: bool,
    /// of a gray progressive file: first and last coefficient, bits left out before and after
    pub script: Vec<[i32; 4]>,
}

impl Recipe {
    pub fn new(width: u32, height: u32, channels: usize) -> Self {
        Self {
            width,
            height,
            channels,
            factors: [(1, 1); 3],
            quality: 90,
            progressive: false,
            optimise: false,
            restart: 0,
            stored_rgb: false,
            separate: false,
            jcp_max: false,
            script: vec![],
        }
    }
    /// From the samples of each component at its own size, for factors that libjpeg has no down-sampling for.
    /// `sample` takes the component and a place in the picture.
    pub fn encode_samples(&self, sample: impl Fn(usize, f64, f64) -> u8) -> Vec<u8> {
        unsafe {
            let mut errors: c::jpeg_error_mgr = mem::zeroed();
            c::jpeg_std_error(&mut errors);
            let mut info: c::jpeg_compress_struct = mem::zeroed();
            info.common.err = &mut errors;
            c::jpeg_create_compress(&mut info);
            let (mut output, mut length) = (ptr::null_mut(), 0);
            c::jpeg_mem_dest(&mut info, &mut output, &mut length);
            (info.image_width, info.image_height) = (self.width, self.height);
            info.input_components = 3;
            info.in_color_space = c::JCS_YCbCr;
            c::jpeg_c_set_int_param(&mut info, c::JINT_COMPRESS_PROFILE, c::JCP_FASTEST as i32);
            c::jpeg_set_defaults(&mut info);
            c::jpeg_set_quality(&mut info, self.quality, 1);
            let (mut high_h, mut high_v) = (1, 1);
            for index in 0..3 {
                let component = &mut *info.comp_info.add(index);
                (component.h_samp_factor, component.v_samp_factor) =
                    (self.factors[index].0.into(), self.factors[index].1.into());
                high_h = high_h.max(self.factors[index].0);
                high_v = high_v.max(self.factors[index].1);
            }
            info.restart_interval = self.restart;
            info.raw_data_in = 1;
            if self.progressive {
                c::jpeg_simple_progression(&mut info);
            }
            let scans: Vec<c::jpeg_scan_info> = (0..3)
                .map(|index| c::jpeg_scan_info {
                    comps_in_scan: 1,
                    component_index: [index, 0, 0, 0],
                    Ss: 0,
                    Se: 63,
                    Ah: 0,
                    Al: 0,
                })
                .collect();
            if self.separate && !self.progressive {
                info.scan_info = scans.as_ptr();
                info.num_scans = 3;
            }
            c::jpeg_start_compress(&mut info, 1);
            let mcus = self.width.div_ceil(8 * u32::from(high_h));
            let mut band = 0;
            while info.next_scanline < info.image_height {
                let planes: Vec<Vec<Vec<u8>>> = (0..3)
                    .map(|index| {
                        let (h, v) = self.factors[index];
                        let (columns, rows) = (mcus * 8 * u32::from(h), 8 * u32::from(v));
                        let at = |at: u32, factor: u8, high: u8, side: u32| {
                            ((f64::from(at) + 0.5) * f64::from(high) / f64::from(factor) - 0.5).min(f64::from(side - 1))
                        };
                        (0..rows)
                            .map(|y| {
                                (0..columns)
                                    .map(|x| {
                                        sample(
                                            index,
                                            at(x, h, high_h, self.width),
                                            at(band * rows + y, v, high_v, self.height),
                                        )
                                    })
                                    .collect()
                            })
                            .collect()
                    })
                    .collect();
                let rows: Vec<Vec<*const u8>> =
                    planes.iter().map(|plane| plane.iter().map(|row| row.as_ptr()).collect()).collect();
                let pointers: Vec<*const *const u8> = rows.iter().map(|rows| rows.as_ptr()).collect();
                c::jpeg_write_raw_data(&mut info, pointers.as_ptr() as _, u32::from(high_v) * 8);
                band += 1;
            }
            c::jpeg_finish_compress(&mut info);
            let bytes = slice::from_raw_parts(output, length as usize).to_vec();
            libc::free(output.cast());
            c::jpeg_destroy_compress(&mut info);
            bytes
        }
    }

    pub fn encode(&self, pixels: &[u8]) -> Vec<u8> {
        let row = self.width as usize * self.channels;
        assert_eq!(pixels.len(), row * self.height as usize);
        unsafe {
            let mut errors: c::jpeg_error_mgr = mem::zeroed();
            c::jpeg_std_error(&mut errors);
            let mut info: c::jpeg_compress_struct = mem::zeroed();
            info.common.err = &mut errors;
            c::jpeg_create_compress(&mut info);
            let (mut output, mut length) = (ptr::null_mut(), 0);
            c::jpeg_mem_dest(&mut info, &mut output, &mut length);
            (info.image_width, info.image_height) = (self.width, self.height);
            info.input_components = self.channels as i32;
            info.in_color_space = if self.channels == 1 { c::JCS_GRAYSCALE } else { c::JCS_RGB };
            let profile = if self.jcp_max { c::JCP_MAX_COMPRESSION } else { c::JCP_FASTEST };
            c::jpeg_c_set_int_param(&mut info, c::JINT_COMPRESS_PROFILE, profile as i32);
            c::jpeg_set_defaults(&mut info);
            if self.channels == 3 {
                c::jpeg_set_colorspace(&mut info, if self.stored_rgb { c::JCS_RGB } else { c::JCS_YCbCr });
            }
            c::jpeg_set_quality(&mut info, self.quality, 1);
            for index in 0..self.channels {
                let component = &mut *info.comp_info.add(index);
                (component.h_samp_factor, component.v_samp_factor) =
                    (self.factors[index].0.into(), self.factors[index].1.into());
            }
            info.restart_interval = self.restart;
            info.optimize_coding = self.optimise.into();
            let scans: Vec<c::jpeg_scan_info> = (0..self.channels as i32)
                .map(|index| c::jpeg_scan_info {
                    comps_in_scan: 1,
                    component_index: [index, 0, 0, 0],
                    Ss: 0,
                    Se: 63,
                    Ah: 0,
                    Al: 0,
                })
                .collect();
            let script: Vec<c::jpeg_scan_info> = self
                .script
                .iter()
                .map(|[first, last, before, after]| c::jpeg_scan_info {
                    comps_in_scan: 1,
                    component_index: [0; 4],
                    Ss: *first,
                    Se: *last,
                    Ah: *before,
                    Al: *after,
                })
                .collect();
            if !script.is_empty() {
                info.scan_info = script.as_ptr();
                info.num_scans = script.len() as i32;
            } else if self.progressive {
                c::jpeg_simple_progression(&mut info);
            } else if self.separate {
                info.scan_info = scans.as_ptr();
                info.num_scans = self.channels as i32;
            } else {
                info.scan_info = ptr::null();
                info.num_scans = 0;
            }
            c::jpeg_start_compress(&mut info, 1);
            for line in pixels.chunks_exact(row) {
                c::jpeg_write_scanlines(&mut info, &line.as_ptr(), 1);
            }
            c::jpeg_finish_compress(&mut info);
            let bytes = slice::from_raw_parts(output, length as usize).to_vec();
            libc::free(output.cast());
            c::jpeg_destroy_compress(&mut info);
            bytes
        }
    }
}
