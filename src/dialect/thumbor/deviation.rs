//! How wide the Gaussians of thumbor are: each is cut off at a radius, so that it is narrower than its sigma says.

use crate::request::Sigma;

/// The largest radius, in pixels; what is beyond is this.
const MAX_RADIUS: f64 = 150.0;
/// The radius, and the sigma, of the copy that is behind a picture.
const OF_GROUND: f64 = 50.0;
/// What changes no pixel, in pixels.
const LEAST: f64 = 0.3;

/// The standard deviation of what is left of a Gaussian, in pixels; no sigma is the radius. `None` where there is nothing to blur.
pub(super) fn deviation(radius: f64, sigma: f64) -> Option<Sigma> {
    let sigma = if sigma > 0.0 { sigma } else { radius };
    if radius <= 0.0 {
        return None;
    }
    let last = radius.round().clamp(1.0, MAX_RADIUS) as u32;
    let weight = |at: f64| (-at * at / (2.0 * sigma * sigma)).exp();
    let (mut all, mut spread) = (1.0, 0.0);
    for at in (1..=last).map(f64::from) {
        all += 2.0 * weight(at);
        spread += 2.0 * at * at * weight(at);
    }
    Sigma::parse(&(spread / all).sqrt().max(LEAST).to_string())
}

/// That of the copy that is behind a picture.
pub(super) fn of_ground() -> Option<Sigma> {
    deviation(OF_GROUND, OF_GROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_narrower() {
        let of = |radius, sigma| deviation(radius, sigma).map(Sigma::thousandths);
        // By hand: the root of 41.99 / 7.426, and of 16.79 / 4.8976.
        assert_eq!((of(4.0, 0.0), of(4.0, 2.0)), (Some(2378), Some(1852)));
        // One that is hardly cut off is as wide as it says.
        assert_eq!(of(50.0, 3.0), Some(3000));
        assert_eq!((of(0.0, 0.0), of(0.0, 3.0), of(1.0, 0.1)), (None, None, Some(300)));
        assert_eq!(of(9000.0, 0.0), of(150.0, 9000.0));
        assert_eq!(of_ground(), deviation(50.0, 0.0));
    }
}
