"""The endpoints of the API: the route table, one module an endpoint, and how their decisions are concluded."""
