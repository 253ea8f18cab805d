"""What the first screen says while there are no runs."""

from textual.content import Content

WELCOME = Content("\n").join(
    [
        Content.styled("Train a text classifier, watch it learn, try it out.", "bold"),
        Content(""),
        Content("There are no runs here yet. Begin with one of these:"),
        Content(""),
        Content.assemble(("n                       ", "bold $primary"), "fill in a form: data, model, go"),
        Content.assemble(("bertcls-tui demo        ", "bold $primary"), "two minutes with sample reviews"),
        Content.assemble(("bertcls-tui train DATA  ", "bold $primary"), "straight from a data file"),
        Content(""),
        Content.styled("A run goes on when this screen is closed or the connection is lost.", "$text-muted"),
    ]
)
