"""What drivers may share: one idea in each file, and nothing that the engine above the seam does already."""
