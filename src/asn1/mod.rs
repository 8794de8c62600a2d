//! DER and BER, object identifiers, certificates and CRLs as parsed facts over their raw bytes.
