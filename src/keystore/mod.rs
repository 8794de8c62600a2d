//! Private keys from PEM, DER and PKCS#12 files, as signers.
