# Advisory: `cargo xtask terraform lint`.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# The parts of a root are files named after what they are for; `main.tf` would say nothing.
rule "terraform_standard_module_structure" {
  enabled = false
}
