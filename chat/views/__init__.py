"""Pages and forms. What a form does is in `chat.turns`; a view only decides who may."""
