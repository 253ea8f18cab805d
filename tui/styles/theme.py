"""The colours of the app."""

from textual.theme import Theme

THEME = Theme(
    name="bertcls",
    primary="#7fb8c9",
    secondary="#8d9bb5",
    accent="#7fb8c9",
    success="#98bb6c",
    warning="#e0b05c",
    error="#e67e80",
    foreground="#d5d9e0",
    background="#14171c",
    surface="#1b1f26",
    panel="#262c36",
    dark=True,
    variables={
        "text-muted": "#8a93a3",
        "border-blurred": "#39414e",
        "scrollbar": "#39414e",
        "scrollbar-background": "#14171c",
    },
)
