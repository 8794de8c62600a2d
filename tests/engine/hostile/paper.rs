//! Writes files object by object, with tables that fit.

/// A file being written.
pub struct Paper {
    bytes: Vec<u8>,
    rows: Vec<(u32, usize)>,
    previous: Option<usize>,
}

impl Paper {
    /// Starts a file.
    pub fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n".to_vec(), rows: Vec::new(), previous: None }
    }

    /// Goes on behind a file.
    pub fn after(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let last = text.rfind("startxref").expect("a file");
        let number = text[last + 9..].split_whitespace().next().expect("an offset");
        Self { bytes: bytes.to_vec(), rows: Vec::new(), previous: Some(number.parse().expect("an offset")) }
    }

    /// Writes an object.
    pub fn object(&mut self, number: u32, body: &str) -> &mut Self {
        self.place(number);
        self.raw(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes())
    }

    /// Writes a stream.
    pub fn stream(&mut self, number: u32, entries: &str, data: &[u8]) -> &mut Self {
        self.place(number);
        self.raw(format!("{number} 0 obj\n<<{entries}/Length {}>>stream\n", data.len()).as_bytes());
        self.raw(data).raw(b"\nendstream\nendobj\n")
    }

    /// Says that an object stands here.
    pub fn place(&mut self, number: u32) -> &mut Self {
        self.rows.push((number, self.bytes.len()));
        self
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Returns where the next byte will stand.
    pub fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Ends a revision, whose trailer holds these entries too.
    pub fn end(&mut self, entries: &str) -> &mut Self {
        self.rows.sort_unstable();
        let at = self.bytes.len();
        let mut table = "xref\n".to_owned();
        for (number, offset) in self.rows.drain(..) {
            table.push_str(&format!("{number} 1\n{offset:010} 00000 n \n"));
        }
        let previous = self.previous.map(|previous| format!("/Prev {previous}")).unwrap_or_default();
        table.push_str(&format!("trailer\n<</Size 500000/Root 1 0 R{previous}{entries}>>\nstartxref\n{at}\n%%EOF\n"));
        self.previous = Some(at);
        self.raw(table.as_bytes())
    }

    /// Returns the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
