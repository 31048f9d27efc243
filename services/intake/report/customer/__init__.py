"""用户网上报修 (reports by customers): the same paper, as its customer sees it."""
