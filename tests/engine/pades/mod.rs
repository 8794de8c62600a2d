//! Signatures in PDF: what is made, what others say of it, and what is refused.

mod city;
mod interop;
mod refusals;
mod rules;
mod seal;
