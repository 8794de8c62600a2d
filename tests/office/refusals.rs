//! What the notice verbs refuse, whoever asks.
