"""The websockets: a conversation's and that of the list. Frames in, frames out."""
