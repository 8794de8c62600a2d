//! SignedData (RFC 5652) and the CAdES attributes that PAdES needs (RFC 5035, RFC 6211).
