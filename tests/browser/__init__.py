"""Tests that look at the pages in a browser. A package, so that the browser ends with them."""
