//! Carries the cache's own counters over to our recorder.

use std::borrow::Cow;

use metrics::{
    Counter, Gauge, Histogram, Label, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use mixtrics::metrics::{
    BoxedCounter, BoxedCounterVec, BoxedGauge, BoxedGaugeVec, BoxedHistogram, BoxedHistogramVec, CounterOps,
    CounterVecOps, GaugeOps, GaugeVecOps, HistogramOps, HistogramVecOps, RegistryOps,
};

type Phrase = Cow<'static, str>;

/// A registry that registers nothing itself: every metric is looked up in our recorder.
#[derive(Debug)]
pub(super) struct Bridge;

/// A metric of which only the labels are missing.
#[derive(Debug)]
struct Family {
    name: Phrase,
    label_names: &'static [&'static str],
}

struct Bridged<T>(T);

impl<T> std::fmt::Debug for Bridged<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bridged")
    }
}

impl Family {
    fn labels(&self, values: &[Phrase]) -> Vec<Label> {
        self.label_names.iter().zip(values).map(|(name, value)| Label::new(*name, value.clone())).collect()
    }
}

impl RegistryOps for Bridge {
    fn register_counter_vec(
        &self,
        name: Phrase,
        text: Phrase,
        label_names: &'static [&'static str],
    ) -> BoxedCounterVec {
        describe_counter!(name.clone(), text);
        Box::new(Family { name, label_names })
    }

    fn register_gauge_vec(&self, name: Phrase, text: Phrase, label_names: &'static [&'static str]) -> BoxedGaugeVec {
        describe_gauge!(name.clone(), text);
        Box::new(Family { name, label_names })
    }

    fn register_histogram_vec(
        &self,
        name: Phrase,
        text: Phrase,
        label_names: &'static [&'static str],
    ) -> BoxedHistogramVec {
        // The unit belongs to the name of a duration, and our buckets go by it.
        let name: Phrase = if name.ends_with("_duration") { format!("{name}_seconds").into() } else { name };
        describe_histogram!(name.clone(), text);
        Box::new(Family { name, label_names })
    }

    fn register_histogram_vec_with_buckets(
        &self,
        name: Phrase,
        text: Phrase,
        label_names: &'static [&'static str],
        _buckets: Vec<f64>,
    ) -> BoxedHistogramVec {
        self.register_histogram_vec(name, text, label_names)
    }
}

impl CounterVecOps for Family {
    fn counter(&self, labels: &[Phrase]) -> BoxedCounter {
        Box::new(Bridged(counter!(self.name.clone(), self.labels(labels))))
    }
}

impl GaugeVecOps for Family {
    fn gauge(&self, labels: &[Phrase]) -> BoxedGauge {
        Box::new(Bridged(gauge!(self.name.clone(), self.labels(labels))))
    }
}

impl HistogramVecOps for Family {
    fn histogram(&self, labels: &[Phrase]) -> BoxedHistogram {
        Box::new(Bridged(histogram!(self.name.clone(), self.labels(labels))))
    }
}

impl CounterOps for Bridged<Counter> {
    fn increase(&self, value: u64) {
        self.0.increment(value);
    }
}

impl GaugeOps for Bridged<Gauge> {
    fn increase(&self, value: u64) {
        self.0.increment(value as f64);
    }

    fn decrease(&self, value: u64) {
        self.0.decrement(value as f64);
    }

    fn absolute(&self, value: u64) {
        self.0.set(value as f64);
    }
}

impl HistogramOps for Bridged<Histogram> {
    fn record(&self, value: f64) {
        self.0.record(value);
    }
}
