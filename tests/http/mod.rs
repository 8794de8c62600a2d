//! The web service, driven in process and once over a real socket.

mod browser;
mod city;
<<<<<<< HEAD
mod look;
=======
>>>>>>> main
mod shell;
mod walk;
