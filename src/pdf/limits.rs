//! Bounds on what is read from an untrusted file.

/// Bounds on what is read from an untrusted file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest file, in bytes. A cross-reference table has ten digits for an offset (ISO 32000-2, 7.5.4).
    pub size_bytes: u64,
    /// The most objects. The file of the widest real use seen, a land register, has about 400,000.
    pub objects: usize,
    /// The most a single stream may have, as it stands or inflated while the structure is read, in bytes.
    pub inflated_bytes: usize,
    /// The most revisions. Long-term archives renew yearly; a thousand is beyond any honest file.
    pub revisions: usize,
    /// The most pages.
    pub pages: usize,
}

impl Limits {
    /// Returns the bounds for a file of a size: what is written in few bytes may not grow to many. An object takes 16 bytes
    /// at the least, its cross-reference entry included, and structure is compressed ten to one.
    pub(super) fn of_size(&self, size_bytes: u64) -> Self {
        let size = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        Self {
            objects: self.objects.min(size / 16 + 200_000),
            inflated_bytes: self.inflated_bytes.min(size.saturating_mul(2).saturating_add(8 << 20)),
            ..*self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size_bytes: 9_900_000_000,
            objects: 2_000_000,
            inflated_bytes: 256 << 20,
            revisions: 1_000,
            pages: 200_000,
        }
    }
}
