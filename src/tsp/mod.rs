//! Time-stamp protocol (RFC 3161, RFC 5816): requests, tokens, the client's checks and the authority's answers.
