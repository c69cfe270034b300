"""The Debian package: how it is built, and how it is proven to work. No part of what it installs."""
