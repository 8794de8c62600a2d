//! What the fuzz targets and the suite share: the seven subjects, the limits they are held to, mutators that keep an
//! input's structure readable, and seeds made by the engine itself with a key that everybody knows.

pub mod authority;
pub mod bundle;
pub mod der;
pub mod limits;
pub mod papers;
pub mod random;
pub mod seeds;
pub mod subjects;
