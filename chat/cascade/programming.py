"""The languages that programs are written in, as prompts name them."""

import re

LANGUAGE = re.compile(
    r"(?i)\b(?:python|java|javascript|typescript|php|ruby|rust|golang|kotlin|swift|perl|bash|shell|sql"
    r"|html|css|matlab|gdscript|vba|powershell|haskell|scala|node\.?js|react|django|pandas|numpy)\b"
    r"|\bC(?:\+\+|#)|\b[A-Za-z_]\w*\(\)"
)
