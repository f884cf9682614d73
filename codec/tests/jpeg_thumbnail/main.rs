//! Our own decoder of JPEG at reduced sizes, beside libjpeg, which also writes the files.

mod differential;
mod hostile;
mod reference;
