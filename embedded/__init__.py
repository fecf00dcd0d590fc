"""Everything on one machine, without root or containers: databases, inference, web, worker, beat, supervised."""
