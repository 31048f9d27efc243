"""用户网上投诉 (complaints by customers): the same paper, as its customer sees it."""
