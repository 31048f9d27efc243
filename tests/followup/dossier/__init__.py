"""四档归一 (the dossier) as stories."""
