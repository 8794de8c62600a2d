//! PDFs that the program writes itself: notices and certificates.
