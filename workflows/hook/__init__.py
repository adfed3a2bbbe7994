"""The hook endpoint: reads like the contract (docs/hook-contract.md)."""
