//! One record version on disk: a BagIt bag in a stored ZIP, encrypted under a key of its own, and its fixity.
