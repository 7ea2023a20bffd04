"""Training: networks, loss, batches and the loop. Its modules load torch; this file does not."""
