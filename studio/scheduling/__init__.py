"""Resources, sets, hours, blocks and allocations. Promises that nothing is booked twice."""
