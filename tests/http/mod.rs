//! The web service, driven in process and once over a real socket.

mod browser;
mod city;
mod look;
mod shell;
mod walk;
