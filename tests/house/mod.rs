//! The house itself: floors, heads, habits.
