//! PREMIS 3.0 events as XML.
