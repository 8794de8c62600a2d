//! The web service, driven in process and once over a real socket.

mod browser;
mod chromium;
mod city;
mod shell;
mod socket;
mod walk;
