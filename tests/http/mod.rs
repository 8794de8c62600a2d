//! The web service, driven in process and once over a real socket.

mod batch;
mod browser;
mod chromium;
mod city;
mod shell;
mod socket;
mod walk;
