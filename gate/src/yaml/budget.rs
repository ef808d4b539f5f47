//! How far aliases may multiply a document.

/// kubectl's guard against documents that aliases blow up: a share of all decoding steps that falls with their number.
#[derive(Clone, Debug)]
pub(super) struct AliasBudget {
    decoded: u64,
    aliased: u64,
}

impl Default for AliasBudget {
    /// The document itself is the first step.
    fn default() -> Self {
        Self {
            decoded: 1,
            aliased: 0,
        }
    }
}

impl AliasBudget {
    const FEW: u64 = 400_000;
    const MANY: u64 = 4_000_000;

    /// Counts steps outside of aliases.
    pub(super) fn step(&mut self) -> bool {
        self.decoded = self.decoded.saturating_add(1);
        self.holds()
    }

    /// Counts all steps of an expanded alias.
    pub(super) fn expand(&mut self, cost: u64) -> bool {
        self.decoded = self.decoded.saturating_add(cost);
        self.aliased = self.aliased.saturating_add(cost);
        self.holds()
    }

    #[expect(clippy::cast_precision_loss, reason = "a share needs no more digits")]
    fn holds(&self) -> bool {
        let allowed = match self.decoded {
            ..=Self::FEW => 0.99,
            Self::MANY.. => 0.10,
            between => 0.99 - 0.89 * ((between - Self::FEW) as f64 / (Self::MANY - Self::FEW) as f64),
        };
        self.aliased <= 100 || self.decoded <= 1000 || self.aliased as f64 / self.decoded as f64 <= allowed
    }
}
