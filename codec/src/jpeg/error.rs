//! libjpeg's errors as values: its error exit unwinds through the C frames to [`catch`], which is why mozjpeg-sys is
//! built with its feature `unwinding`. Nothing is printed, and the panic hook does not run.

use std::ffi::{CStr, c_char, c_int};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use mozjpeg_sys as c;

use crate::Format;
use crate::{CodecError, limits};

/// `JMSG_LENGTH_MAX` of jpeglib.h: no message is longer, in bytes.
const MESSAGE_BYTES: usize = 200;

/// Warnings after which every pixel is still what was meant. Any other warning means that pixels are made up.
const HARMLESS: [c_int; 5] = [
    c::JWRN_ADOBE_XFORM,
    c::JWRN_BOGUS_PROGRESSION,
    c::JWRN_EXTRANEOUS_DATA,
    c::JWRN_JFIF_MAJOR,
    c::JWRN_NOT_SEQUENTIAL,
];

const NOT_IMPLEMENTED: [c_int; 5] = [
    c::JERR_ARITH_NOTIMPL,
    c::JERR_CCIR601_NOTIMPL,
    c::JERR_CONVERSION_NOTIMPL,
    c::JERR_FRACT_SAMPLE_NOTIMPL,
    c::JERR_NOTIMPL,
];

const ENDS_EARLY: [c_int; 3] = [c::JWRN_JPEG_EOF, c::JWRN_HIT_MARKER, c::JERR_INPUT_EMPTY];

/// What libjpeg gave up over.
#[derive(Debug)]
pub(super) struct Complaint {
    code: c_int,
    message: String,
    /// The limit, where that is the complaint.
    exceeded_scans: Option<u32>,
}

impl Complaint {
    /// The complaint about an original.
    pub(super) fn while_decoding(self) -> CodecError {
        if let Some(limit) = self.exceeded_scans {
            limits::too_many_scans(limit)
        } else if ENDS_EARLY.contains(&self.code) {
            CodecError::malformed(Format::Jpeg, "data ends early")
        } else if NOT_IMPLEMENTED.contains(&self.code) {
            CodecError::unsupported(Format::Jpeg, self.message)
        } else {
            CodecError::malformed(Format::Jpeg, self.message)
        }
    }

    /// The complaint about a picture that we write.
    pub(super) fn while_encoding(self) -> CodecError {
        CodecError::encode(Format::Jpeg, self.message)
    }
}

/// libjpeg's error manager, and what our callbacks need to know beside it. Its address must not change while libjpeg
/// holds it.
#[repr(C)]
pub(super) struct ErrorManager {
    /// The first field, so that libjpeg's pointer to it is a pointer to the whole.
    base: c::jpeg_error_mgr,
    /// Whether the end of image marker may be missing: where all pixels are there, nobody misses it.
    pub(super) forgives_missing_end: bool,
    /// Whether made-up pixels are better than none.
    pub(super) forgives_all: bool,
    /// It was missing, and that was forgiven.
    pub(super) has_forgiven: bool,
    /// How many components all scans so far have together.
    pub(super) scanned_components: u32,
    scans: u32,
    max_scans: u32,
}

impl ErrorManager {
    pub(super) fn new(max_scans: u32) -> Self {
        // SAFETY: the struct consists of integers, raw pointers and optional function pointers, all valid as zero.
        let mut base: c::jpeg_error_mgr = unsafe { mem::zeroed() };
        // SAFETY: the call only fills in the fields of the struct that it is given.
        unsafe { c::jpeg_std_error(&mut base) };
        base.error_exit = Some(give_up);
        base.emit_message = Some(weigh);
        base.output_message = Some(stay_silent);
        Self {
            base,
            forgives_missing_end: false,
            forgives_all: false,
            has_forgiven: false,
            scanned_components: 0,
            scans: 0,
            max_scans,
        }
    }
}

/// Runs `work`, which calls libjpeg, and returns the complaint with which libjpeg ended it.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Complaint> {
    // What `work` leaves half done is a libjpeg object, and after an error that is only destroyed, by its owner.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| match payload.downcast::<Complaint>() {
        Ok(complaint) => *complaint,
        Err(other) => resume_unwind(other),
    })
}

unsafe extern "C-unwind" fn give_up(info: &mut c::jpeg_common_struct) {
    // SAFETY: libjpeg calls this with the object whose `err` we have set to a live `ErrorManager`.
    let (manager, message) = unsafe { (&*info.err.cast::<ErrorManager>(), message(info)) };
    // What libjpeg makes up behind the end of the data may be anything.
    let code = if manager.has_forgiven { c::JWRN_JPEG_EOF } else { manager.base.msg_code };
    // Unlike `panic!`, this does not run the panic hook, which would print.
    resume_unwind(Box::new(Complaint { code, message, exceeded_scans: None }));
}

/// Takes a warning (level -1), or a trace message (level 0 and up), by one of which libjpeg tells of each scan.
unsafe extern "C-unwind" fn weigh(info: &mut c::jpeg_common_struct, level: c_int) {
    // SAFETY: `err` is a live `ErrorManager`, of which the struct that libjpeg knows is the first field.
    let manager = unsafe { &mut *info.err.cast::<ErrorManager>() };
    let code = manager.base.msg_code;
    if level < 0 {
        manager.base.num_warnings = manager.base.num_warnings.saturating_add(1);
        let is_forgiven = manager.forgives_all || (code == c::JWRN_JPEG_EOF && manager.forgives_missing_end);
        manager.has_forgiven |= is_forgiven;
        if !is_forgiven && !HARMLESS.contains(&code) {
            // SAFETY: we pass on what we were called with.
            unsafe { give_up(info) };
        }
    } else if code == c::JTRC_SOS {
        manager.scans += 1;
        // The number of components is what the message tells.
        let components = manager.base.msg_parm._bindgen_data_.first().copied().unwrap_or_default();
        manager.scanned_components = manager.scanned_components.saturating_add(components);
        if manager.scans > manager.max_scans {
            let exceeded_scans = Some(manager.max_scans);
            resume_unwind(Box::new(Complaint { code, message: String::new(), exceeded_scans }));
        }
    }
}

unsafe extern "C-unwind" fn stay_silent(_: &mut c::jpeg_common_struct) {}

/// The pending message in our manner: a lower-case first letter, unless it begins an abbreviation.
///
/// # Safety
/// `info.err` must be a live error manager.
unsafe fn message(info: &mut c::jpeg_common_struct) -> String {
    type Format = unsafe extern "C-unwind" fn(*mut c::jpeg_common_struct, *mut c_char);
    // SAFETY: see above.
    let Some(format) = (unsafe { (*info.err).format_message }) else { return String::new() };
    // The binding declares the buffer as `&[u8; 80]`; the C function writes up to 200 bytes to it.
    // SAFETY: references and pointers have the same ABI; this is the signature in jpeglib.h.
    let format: Format = unsafe { mem::transmute(format) };
    let mut buffer = [0u8; MESSAGE_BYTES];
    // SAFETY: the buffer has the length that jpeglib.h demands.
    unsafe { format(info, buffer.as_mut_ptr().cast()) };
    let text = CStr::from_bytes_until_nul(&buffer).map(CStr::to_string_lossy).unwrap_or_default();
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_ascii_lowercase().to_string() + letters.as_str()
        }
        _ => text.into_owned(),
    }
}
