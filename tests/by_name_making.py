"""Small, randomly initialised models, saved as their libraries save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from raravis.embed.without_torchvision import tell_transformers

tell_transformers()  # before anything below imports it
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SEEN = SMALL | {"image_size": 32, "patch_size": 16}
READ = SMALL | {"vocab_size": 40, "max_position_embeddings": 12}
WORDS = ["<pad>", "<unk>", "a", "red", "blue", "bird", "car", "over", "trees"]
END = 39


def dinov2(folder: Path, *, seed: int = 0) -> Path:
    from transformers import BitImageProcessorPil, Dinov2Config, Dinov2Model

    config = Dinov2Config(**SMALL | {"image_size": 56, "patch_size": 14})
    size = {"size": {"shortest_edge": 64}, "crop_size": {"height": 56, "width": 56}}
    return _saved(folder, seed, lambda: Dinov2Model(config), BitImageProcessorPil(**size, resample=3))


def dinov3(folder: Path) -> Path:
    """Its processor is written by hand: making one needs torchvision."""
    from transformers import DINOv3ViTConfig, DINOv3ViTModel

    _saved(folder, 0, lambda: DINOv3ViTModel(DINOv3ViTConfig(**SEEN, num_register_tokens=4)))
    told = {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": {"height": 32, "width": 32}, "resample": 2}
    told |= {"do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True}
    told |= {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "do_center_crop": None}
    (folder / "preprocessor_config.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def clip(folder: Path) -> Path:
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel

    text = READ | {"eos_token_id": END}
    config = CLIPConfig(vision_config=SEEN, text_config=text, projection_dim=24)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    _tokenizer(folder)
    return _saved(folder, 0, lambda: CLIPModel(config), CLIPImageProcessorPil(**size))


def siglip(folder: Path) -> Path:
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel

    config = SiglipConfig(vision_config=SEEN, text_config=READ)
    _tokenizer(folder)
    processor = SiglipImageProcessorPil(size={"height": 32, "width": 32}, resample=2)
    return _saved(folder, 0, lambda: SiglipModel(config), processor)


def siglip_of_patches(folder: Path) -> Path:
    from transformers import Siglip2Config, Siglip2Model

    seen = SMALL | {"num_patches": 4, "patch_size": 16}
    return _saved(folder, 0, lambda: Siglip2Model(Siglip2Config(vision_config=seen, text_config=READ)))


def vit(folder: Path, *, masked: bool = False) -> Path:
    """As the usual checkpoints are: without a trained pooler. Or one that masks patches at random."""
    from transformers import ViTConfig, ViTImageProcessorPil, ViTMAEConfig, ViTMAEModel, ViTModel

    processor = ViTImageProcessorPil(size={"height": 32, "width": 32})
    if masked:
        return _saved(folder, 0, lambda: ViTMAEModel(ViTMAEConfig(**SEEN)), processor)
    return _saved(folder, 0, lambda: ViTModel(ViTConfig(**SEEN), add_pooling_layer=False), processor)


def videomae(folder: Path) -> Path:
    from transformers import VideoMAEConfig, VideoMAEImageProcessorPil, VideoMAEModel

    config = VideoMAEConfig(**SEEN, num_frames=4)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    return _saved(folder, 0, lambda: VideoMAEModel(config), VideoMAEImageProcessorPil(**size))


def timm_vit(folder: Path) -> Path:
    import torch

    from raravis.embed.without_torchvision import load

    timm, shape = load("timm"), {"img_size": 32, "depth": 2, "embed_dim": 32, "num_heads": 2}
    torch.manual_seed(0)
    model = timm.create_model("vit_tiny_patch16_224", **shape)
    timm.models.save_for_hf(model, folder, model_args=shape, safe_serialization=True)
    return folder


def openclip(folder: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    from raravis.embed.without_torchvision import load

    vision = {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
    config: dict[str, Any] = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": text}
    torch.manual_seed(0)
    folder.mkdir(exist_ok=True)
    save_file(load("open_clip").CLIP(**config).state_dict(), folder / "open_clip_model.safetensors")
    told = {"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bicubic", "resize_mode": "shortest"}
    text_of = json.dumps({"model_cfg": config, "preprocess_cfg": told})
    (folder / "open_clip_config.json").write_text(text_of, encoding="utf-8")
    return folder


def _saved(folder: Path, seed: int, make: Any, processor: Any = None) -> Path:
    import torch

    torch.manual_seed(seed)
    make().save_pretrained(folder)
    if processor is not None:
        processor.save_pretrained(folder)
    return folder


def _tokenizer(folder: Path) -> None:
    """Words of WORDS, an end after each text."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {word: at for at, word in enumerate(WORDS)} | {"</s>": END}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", END)])
    special = {"pad_token": "<pad>", "unk_token": "<unk>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=made, **special).save_pretrained(folder)
