"""What a tier means to whoever reads it."""

TIERS = {
    1: "1: what it proposes is applied once it is verified",
    2: "2: what it proposes gets a light review",
    3: "3: what it proposes gets a full review",
}
