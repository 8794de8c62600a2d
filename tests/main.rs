//! The one test binary; its modules mirror src/.

mod cli;
mod engine;
mod house;
mod http;
mod office;
mod records;
mod render;
