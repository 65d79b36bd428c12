"""`python -m postwire` is `postwire`."""

from __future__ import annotations

from postwire.faces.cli import main

if __name__ == "__main__":
    main()
