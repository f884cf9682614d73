//! How large a picture is to be, as far as every file of it says that in its own way.

use crate::dialect::native::geometry::GeometryValues;
use crate::request::Dpr;

impl GeometryValues {
    /// Leaves out how large it is to be.
    pub(super) fn forget_edges(&mut self) {
        (self.width, self.height, self.size) = (None, None, None);
    }

    /// What every edge is multiplied by.
    pub(super) fn magnification(&self) -> f64 {
        self.zoom.unwrap_or(1.0) * self.dpr.map_or(1.0, Dpr::value)
    }
}
