//! The AV1 decoder: rav1d, which offers the C interface of dav1d. All `unsafe` of decoding is here.

use std::ffi::c_int;
use std::io::{Error, ErrorKind};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422, DAV1D_PIXEL_LAYOUT_I444,
    Dav1dSequenceHeader,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture, dav1d_open,
    dav1d_parse_sequence_header, dav1d_picture_unref, dav1d_send_data,
};

use crate::Dimensions;
use crate::heif::frame::{Coded, Frame, Samples, Sampling};
use crate::heif::nclx::Nclx;
use crate::heif::property::Coding;
use crate::heif::{Fault, malformed, unsupported};

/// A decoded frame.
struct Av1Frame {
    picture: Dav1dPicture,
    sampling: Sampling,
    nclx: Nclx,
}

/// Decodes the first frame of an AV1 stream, film grain included. The decoder's two threads live as long as the call.
///
/// # Errors
/// [`Fault::Malformed`] for a broken stream, and for a frame of other dimensions than `expected` or more samples
/// than `claimed`.
pub fn decode(coded: &Coded<'_>) -> Result<Box<dyn Frame>, Fault> {
    let Coded { stream, dimensions: expected, coding: claimed, .. } = *coded;
    if coding(stream)?.is_more_than(claimed) {
        return Err(malformed("the frame has more samples than its container says"));
    }
    let decoder = Decoder::open(expected)?;
    let mut data = Data::copy(stream)?;
    loop {
        let was_sent = !data.is_empty() && decoder.send(&mut data)?;
        match decoder.picture()? {
            Some(picture) => return Ok(Box::new(Av1Frame::new(picture, expected)?)),
            // A layered stream gives its last layer only when asked again after the end.
            None if !was_sent && data.is_empty() => {
                let picture = decoder.picture()?.ok_or_else(|| malformed("the stream holds no frame"))?;
                return Ok(Box::new(Av1Frame::new(picture, expected)?));
            }
            None => {}
        }
    }
}

/// What the first sequence header of a stream says (AV1 specification, section 5.5).
fn coding(stream: &[u8]) -> Result<Coding, Fault> {
    let mut header = MaybeUninit::<Dav1dSequenceHeader>::uninit();
    let start = NonNull::new(stream.as_ptr().cast_mut());
    // SAFETY: the pointer to the stream comes with its length, and is only read; the header is ours to be written.
    let result = unsafe { dav1d_parse_sequence_header(Some(NonNull::from(&mut header).cast()), start, stream.len()) };
    if result.0 != 0 {
        return Err(failure("the stream has no sequence header", result.0));
    }
    // SAFETY: after a success the whole structure is written.
    let header = unsafe { header.assume_init() };
    let is_narrow = matches!(header.layout, DAV1D_PIXEL_LAYOUT_I420 | DAV1D_PIXEL_LAYOUT_I422);
    let is_low = header.layout == DAV1D_PIXEL_LAYOUT_I420;
    Ok(Coding::new(header.hbd > 0, header.layout == DAV1D_PIXEL_LAYOUT_I400, is_narrow, is_low))
}

impl Av1Frame {
    fn new(mut picture: Picture, expected: Dimensions) -> Result<Self, Fault> {
        let picture = std::mem::take(&mut picture.0);
        // From here on the frame owns the picture, and gives it back on every path.
        let header = picture.seq_hdr;
        let mut frame = Self { picture, sampling: Sampling::Monochrome, nclx: Nclx::NOTHING };
        frame.sampling = match frame.picture.p.layout {
            DAV1D_PIXEL_LAYOUT_I400 => Sampling::Monochrome,
            DAV1D_PIXEL_LAYOUT_I420 => Sampling::Yuv420,
            DAV1D_PIXEL_LAYOUT_I422 => Sampling::Yuv422,
            DAV1D_PIXEL_LAYOUT_I444 => Sampling::Yuv444,
            layout => return Err(unsupported(format_args!("the pixel layout {layout}"))),
        };
        if let Some(header) = header {
            // SAFETY: the decoder sets this pointer to a header that the picture holds a reference to; the picture is
            // alive, and nobody writes to the header any more.
            let header = unsafe { header.as_ref() };
            // A code point of H.273 is a byte: always fits.
            let [primaries, transfer, matrix] = [header.pri as u16, header.trc as u16, header.mtrx as u16];
            frame.nclx = Nclx { primaries, transfer, matrix, is_full_range: header.color_range != 0 };
        }
        if frame.dimensions() != expected {
            return Err(malformed(format_args!("expected a frame of {expected}, got {}", frame.dimensions())));
        }
        Ok(frame)
    }
}

impl Frame for Av1Frame {
    fn dimensions(&self) -> Dimensions {
        Dimensions::new(self.picture.p.w.unsigned_abs(), self.picture.p.h.unsigned_abs())
    }

    fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// Bits per sample: 8, 10 or 12.
    fn depth(&self) -> u32 {
        self.picture.p.bpc.unsigned_abs()
    }

    /// What the stream itself says about its colours.
    fn nclx(&self) -> Nclx {
        self.nclx
    }

    /// A row of a plane (0 is luma); `None` outside the frame.
    fn row(&self, plane: usize, row: u32) -> Option<Samples<'_>> {
        let Dimensions { width, height } = self.sampling.of_plane(plane, self.dimensions())?;
        let start = (*self.picture.data.get(plane)?)?;
        let stride = *self.picture.stride.get(plane.min(1))?;
        if row >= height {
            return None;
        }
        let offset = isize::try_from(row).ok()?.checked_mul(stride)?;
        let width = width as usize;
        // SAFETY: the decoder allocated the plane with `height` rows of at least `width` samples, `stride` bytes apart
        // (dav1d's contract for pictures); the row is one of them. They are initialised, aligned to the sample, and
        // not written to while the picture is alive, which the borrow of `self` ensures.
        let samples = unsafe {
            let row = start.as_ptr().cast::<u8>().offset(offset);
            if self.depth() == 8 {
                Samples::Bytes(std::slice::from_raw_parts(row, width))
            } else {
                Samples::Words(std::slice::from_raw_parts(row.cast::<u16>(), width))
            }
        };
        Some(samples)
    }
}

impl Drop for Av1Frame {
    fn drop(&mut self) {
        drop(Picture(std::mem::take(&mut self.picture)));
    }
}

/// An open decoder.
struct Decoder {
    context: Option<Dav1dContext>,
}

impl Decoder {
    fn open(expected: Dimensions) -> Result<Self, Fault> {
        let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the pointer is valid for writes; the call initialises the whole structure.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::from(&mut settings).cast());
            settings.assume_init()
        };
        // rav1d 1.1.0 aborts the process at any broken frame where it has one frame in hand (memorysafety/rav1d issue
        // 1497, from a failing `unwrap` below `extern "C"`). With two it returns the error; two frames in hand need two
        // threads. To be one and one again when that is released.
        settings.n_threads = 2;
        settings.max_frame_delay = 2;
        settings.all_layers = 0;
        settings.frame_size_limit = u32::try_from(expected.pixels()).unwrap_or(u32::MAX);
        // SAFETY: no callback is ever called. The errors come back as numbers, and strangers' files are no news.
        settings.logger = unsafe { Dav1dLogger::new(None, None) };
        let mut decoder = Self { context: None };
        // SAFETY: both pointers are valid; the settings are only read, and bitwise copies of them own nothing.
        let result =
            unsafe { dav1d_open(Some(NonNull::from(&mut decoder.context)), Some(NonNull::from(&mut settings))) };
        if result.0 == 0 { Ok(decoder) } else { Err(failure("cannot open the decoder", result.0)) }
    }

    /// Offers data; `false` where the decoder wants to give a picture first.
    fn send(&self, data: &mut Data) -> Result<bool, Fault> {
        // SAFETY: the context is open; the data is from `dav1d_data_create`, and the call keeps it valid.
        let result = unsafe { dav1d_send_data(self.context, Some(NonNull::from(&mut data.0))) };
        match result.0 {
            0 => Ok(true),
            code if is_again(code) => Ok(false),
            code => Err(failure("the stream is broken", code)),
        }
    }

    /// Asks for a picture; `None` where more data is needed.
    fn picture(&self) -> Result<Option<Picture>, Fault> {
        let mut picture = Picture(Dav1dPicture::default());
        // SAFETY: the context is open; the picture is empty and valid for writes.
        let result = unsafe { dav1d_get_picture(self.context, Some(NonNull::from(&mut picture.0))) };
        match result.0 {
            0 => Ok(Some(picture)),
            code if is_again(code) => Ok(None),
            code => Err(failure("the stream is broken", code)),
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is from `dav1d_open` or `None`, and not used after this. Pictures hold their own
        // references to what they need.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.context))) }
    }
}

/// A picture that is given back when dropped.
struct Picture(Dav1dPicture);

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture is empty or from `dav1d_get_picture`, and nothing refers to it any more.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.0))) }
        // rav1d 1.1.0 leaves an empty picture there that owns 48 bytes, which nobody in C would give back.
        if let Some(notes) = self.0.itut_t35_ref.take() {
            // SAFETY: the call above made it of an `Arc`, and whoever looks finds it no more.
            drop(unsafe { notes.into_arc() });
        }
    }
}

/// A piece of stream that the decoder may hold on to.
struct Data(Dav1dData);

impl Data {
    fn copy(stream: &[u8]) -> Result<Self, Fault> {
        if stream.is_empty() {
            return Err(malformed("the stream is empty"));
        }
        let mut data = Self(Dav1dData::default());
        // SAFETY: the pointer is valid for writes.
        let start = unsafe { dav1d_data_create(Some(NonNull::from(&mut data.0)), stream.len()) };
        let start = NonNull::new(start).ok_or_else(|| malformed("no memory for the stream"))?;
        // SAFETY: the call allocated as many bytes, which nobody else knows of yet.
        unsafe { start.copy_from_nonoverlapping(NonNull::from(stream).cast(), stream.len()) };
        Ok(data)
    }

    fn is_empty(&self) -> bool {
        self.0.sz == 0
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: the data is from `dav1d_data_create`, or was emptied by the decoder.
        unsafe { dav1d_data_unref(Some(NonNull::from(&mut self.0))) }
    }
}

/// Tells whether the decoder answered `EAGAIN`, whose number differs between systems.
fn is_again(code: c_int) -> bool {
    Error::from_raw_os_error(code.wrapping_neg()).kind() == ErrorKind::WouldBlock
}

fn failure(what: &str, code: c_int) -> Fault {
    malformed(format_args!("{what}: {}", Error::from_raw_os_error(code.wrapping_neg())))
}
