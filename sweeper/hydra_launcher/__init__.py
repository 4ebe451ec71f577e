"""`hydra/launcher=cvsweep`: what a Hydra app launches becomes one sweep, with a trial for each job."""

from sweeper.hydra_launcher.batches import Batches

__all__ = ["Batches"]
